/**
 * Shapes of the API (see openapi.json) that several modules use. There is no code here.
 */

/**
 * One order as lists and the live feed show it. Amounts are decimal text.
 * @typedef {object} Order
 * @property {string} id
 * @property {string} shopifyOrderId
 * @property {string | null} name
 * @property {string} source
 * @property {string} shop
 * @property {string} status
 * @property {string} orderStatus
 * @property {string} paymentStatus
 * @property {string} shippingStatus
 * @property {string | null} shippingFee
 * @property {string | null} totalPrice
 * @property {string | null} currency
 * @property {string | null} customerName
 * @property {string | null} courier
 * @property {string | null} trackingNumber
 * @property {boolean} placeholder
 * @property {boolean} quarantined
 * @property {boolean} bookable
 * @property {string[]} notBookable
 * @property {string[]} flags
 * @property {string[]} attention
 * @property {number} version
 * @property {string} createdAt
 * @property {string} updatedAt
 */

/** @typedef {{ data: Order[], nextCursor: string | null, total: number | null, totalIsExact: boolean }} OrderPage */

/**
 * @typedef {object} Job
 * @property {string} id
 * @property {string} queue
 * @property {string} key
 * @property {string} orderId
 * @property {string} shop
 * @property {'ready' | 'scheduled' | 'running' | 'blocked' | 'dead' | 'done' | 'cancelled' | 'discarded'} state
 * @property {number} attempt
 * @property {number | null} maxAttempts
 * @property {string | null} worker
 * @property {string | null} lastError
 * @property {string} input
 * @property {string | null} lastAnswer
 * @property {string} createdAt
 * @property {string | null} runAt
 * @property {string | null} finishedAt
 */

/** @typedef {{ actor: string, kind: 'operator' | 'event', at: string, eventId: string, topic: string, reason: string, version: number | null }} Change */

/**
 * @typedef {object} OperatorFields
 * @property {string | null} note
 * @property {string | null} courier
 * @property {string | null} trackingNumber
 * @property {string | null} status
 * @property {Record<string, any> | null} shippingAddress
 * @property {boolean} hold
 */

/**
 * @typedef {object} Booking
 * @property {number} attempt
 * @property {string} state
 * @property {string} reference
 * @property {string | null} courier
 * @property {string | null} trackingNumber
 * @property {string | null} fee
 * @property {boolean} late
 * @property {boolean} handedOver
 * @property {boolean} givenUp
 * @property {string | null} reason
 * @property {string} updatedAt
 */

/**
 * @typedef {object} Shipment
 * @property {string} courier
 * @property {string} trackingNumber
 * @property {string | null} status
 * @property {boolean} returnLeg
 * @property {boolean} cashCollected
 * @property {string | null} deliveredAt
 */

/**
 * @typedef {object} OrderExtras
 * @property {Record<string, any> | null} customer
 * @property {Record<string, any> | null} shippingAddress
 * @property {OperatorFields} operator
 * @property {Record<string, any> | null} registers  Null where they cannot be read.
 * @property {string} stateHash
 * @property {Booking[]} bookings
 * @property {Shipment[]} shipments
 * @property {Job[]} jobs
 * @property {number} waitingEvents
 * @property {Change | null} lastChange
 */

/** @typedef {Order & OrderExtras} OrderDetail */

/**
 * @typedef {object} OrderEvent
 * @property {string} eventId
 * @property {string} subjectKind
 * @property {string} source
 * @property {string} topic
 * @property {string | null} deliveryId
 * @property {string} receivedAt
 * @property {string | null} triggeredAt
 * @property {string | null} appliedAt
 * @property {string | null} status
 * @property {string | null} reason
 * @property {string[]} flags
 * @property {number | null} version
 * @property {number} duplicates
 * @property {string | null} actor
 * @property {string | null} waitingError
 * @property {number} bodyBytes
 */

/**
 * @typedef {object} Queue
 * @property {string} name
 * @property {'running' | 'paused'} state
 * @property {string | null} pausedBy
 * @property {number | null} pausedForMs
 * @property {number} ready
 * @property {number} scheduled
 * @property {number} running
 * @property {number} blocked
 * @property {number} dead
 * @property {number} beyondLease
 * @property {number | null} oldestDueMs
 * @property {number} finishedLastMinute
 * @property {number | null} p95Ms
 * @property {{ at: string, done: number, failed: number }[]} history
 */

/**
 * @typedef {object} Bucket
 * @property {string} at
 * @property {number} received
 * @property {number} processed
 * @property {number} discarded
 * @property {number} parked
 * @property {number} unmapped
 * @property {number} failed
 * @property {number} duplicates
 * @property {number} edits
 * @property {number | null} p50Ms
 * @property {number | null} p95Ms
 * @property {number | null} p99Ms
 */

/**
 * @typedef {object} BulkOperation
 * @property {string} id
 * @property {string} action
 * @property {Record<string, any> | null} set
 * @property {Record<string, any>} filter
 * @property {string} by
 * @property {'running' | 'cancelled' | 'finished'} state
 * @property {number} total
 * @property {number} done
 * @property {number} failed
 * @property {string} createdAt
 * @property {string | null} finishedAt
 * @property {string | null} reason
 */

/**
 * @typedef {object} AuditEntry
 * @property {string} id
 * @property {string} at
 * @property {string} actor
 * @property {string | null} role
 * @property {string} action
 * @property {string} target
 * @property {any} before
 * @property {any} after
 * @property {string | null} reason
 * @property {string} requestId
 */

/** @typedef {'viewer' | 'operator' | 'admin'} Role */
/** @typedef {{ user: { name: string, role: Role, kind: string }, environment: string, expiresAt: string | null }} Session */
/** @typedef {{ id: string, name: string, page: string, query: string, shared: boolean, owner: string, mine: boolean }} SavedView */

export {};
